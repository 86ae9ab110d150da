import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// Latchkey serves the result under `script-src 'self'`: nothing may be inlined into the page, and every file
// must be found beside it, wherever it is mounted.
export default defineConfig({
  base: './',
  plugins: [react()],
  build: {
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The editor (monaco) is loaded on its own, after the sign-in form stands.
    chunkSizeWarningLimit: 5_000,
  },
  worker: { format: 'es' },
});
