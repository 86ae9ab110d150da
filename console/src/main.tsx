import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './console.css';
import { Console } from './console';
import { Session } from './session/session';

const container = document.getElementById('root');
if (!container) throw new Error('index.html has no element #root');

createRoot(container).render(
  <StrictMode>
    <Console session={new Session()} />
  </StrictMode>,
);
