import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import { GraphiQL } from 'graphiql';
import { type ReactNode, useEffect, useMemo, useState } from 'react';
import type { Session } from '../session/session';
import { useSessionState } from '../session/use-session-state';
import { createFetcher } from './fetcher';
import { createPreferences } from './preferences';
import { createSocket } from './socket';
import { welcomeQuery } from './welcome-query';

interface ExplorerProps {
  session: Session;
  /** Told after every answer over HTTP: the refusal it held, or undefined. */
  onAnswer: (refusal: Error | undefined) => void;
}

/** GraphiQL, speaking to the API as whoever is signed in. */
export function Explorer({ session, onAnswer }: ExplorerProps): ReactNode {
  const state = useSessionState(session);
  const caller = state.kind === 'signed-in' ? state.email : undefined;
  const [preferences] = useState(createPreferences);
  const [socket] = useState(() => createSocket(session));
  useEffect(() => session.subscribe(() => socket.terminate()), [session, socket]);

  // GraphiQL reads the schema anew for a new fetcher, and what a caller may see of it depends on who it is.
  const fetcher = useMemo(
    () => createFetcher({ session, socket, onAnswer }),
    [caller, session, socket, onAnswer],
  );

  return (
    <GraphiQL
      fetcher={fetcher}
      storage={preferences}
      defaultQuery={welcomeQuery}
      shouldPersistHeaders={false}
      isHeadersEditorEnabled={false}
      schemaDescription
      inputValueDeprecation
    >
      <GraphiQL.Logo>
        <span />
      </GraphiQL.Logo>
    </GraphiQL>
  );
}
