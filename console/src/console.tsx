import { lazy, type ReactNode, Suspense, useState } from 'react';
import { ProblemNote } from './problem-note';
import type { Session } from './session/session';
import { SessionBar } from './session/session-bar';

// The editor is megabytes; the sign-in form should not wait for it.
const Explorer = lazy(async () => ({ default: (await import('./explorer/explorer')).Explorer }));

/** The whole page: who is signed in above, GraphiQL below. */
export function Console({ session }: { session: Session }): ReactNode {
  const [refusal, setRefusal] = useState<Error>();

  return (
    <>
      <header className="bar">
        <h1>
          <img src="./key.svg" alt="" width="24" height="24" />
          Latchkey console
        </h1>
        <SessionBar session={session} />
        {refusal && <ProblemNote problem={refusal} onDismiss={() => setRefusal(undefined)} />}
      </header>
      <main>
        <Suspense fallback={<p className="loading">Loading the editor …</p>}>
          <Explorer session={session} onAnswer={setRefusal} />
        </Suspense>
      </main>
    </>
  );
}
