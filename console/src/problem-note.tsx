import type { ReactNode } from 'react';
import { Refusal } from './api/refusal';
import { waitingTimeInWords } from './api/waiting-time';

interface ProblemNoteProps {
  problem: Error;
  onDismiss?: () => void;
}

/** Says in words why something did not work, and when to try again. */
export function ProblemNote({ problem, onDismiss }: ProblemNoteProps): ReactNode {
  return (
    <div className="problem" role="alert">
      <p>{problem instanceof Refusal ? <RefusalWords refusal={problem} /> : problem.message}</p>
      {onDismiss && (
        <button type="button" className="quiet" aria-label="Dismiss" onClick={onDismiss}>
          ×
        </button>
      )}
    </div>
  );
}

function RefusalWords({ refusal }: { refusal: Refusal }): ReactNode {
  const { code, message, retryAfterSeconds, requestId } = refusal;
  return (
    <>
      <strong>{code}</strong> {message}
      {retryAfterSeconds !== undefined && ` Try again ${waitingTimeInWords(retryAfterSeconds)}.`}
      {requestId && <small> Request {requestId}</small>}
    </>
  );
}
