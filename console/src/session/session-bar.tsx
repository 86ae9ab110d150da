import type { ReactNode } from 'react';
import { ProblemNote } from '../problem-note';
import type { Session } from './session';
import { SignInForm } from './sign-in-form';
import { SignedIn } from './signed-in';
import { useSessionState } from './use-session-state';

export function SessionBar({ session }: { session: Session }): ReactNode {
  const state = useSessionState(session);
  if (state.kind === 'signed-in')
    return <SignedIn session={session} email={state.email} renewAt={state.renewAt} />;
  return (
    <>
      <SignInForm session={session} />
      {state.problem && <ProblemNote problem={state.problem} />}
    </>
  );
}
