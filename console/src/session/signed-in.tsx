import { type ReactNode, useState } from 'react';
import { ProblemNote } from '../problem-note';
import type { Session } from './session';

interface SignedInProps {
  session: Session;
  email: string;
  renewAt: number;
}

export function SignedIn({ session, email, renewAt }: SignedInProps): ReactNode {
  const [problem, setProblem] = useState<Error>();

  function renew(): void {
    setProblem(undefined);
    session.renew().catch(setProblem);
  }

  return (
    <>
      <div className="signed-in">
        <span>
          Signed in as <b>{email}</b>
        </span>
        <small>access token renews at {new Date(renewAt).toLocaleTimeString()}</small>
        <button type="button" className="quiet" onClick={renew}>
          Renew now
        </button>
        <button type="button" onClick={() => void session.signOut()}>
          Sign out
        </button>
      </div>
      {problem && <ProblemNote problem={problem} />}
    </>
  );
}
