/** What the API answers instead of a result: `errors[0]` with its published extensions. */
export class Refusal extends Error {
  readonly code: string;
  readonly status: number;
  readonly retryAfterSeconds: number | undefined;
  readonly requestId: string | undefined;

  constructor(error: GraphqlError, httpStatus: number) {
    super(error.message ?? 'The server gave no reason.');
    const { code, status, retryAfter, requestId } = error.extensions ?? {};
    this.name = 'Refusal';
    this.code = typeof code === 'string' ? code : 'REFUSED';
    this.status = typeof status === 'number' ? status : httpStatus;
    this.retryAfterSeconds = typeof retryAfter === 'number' ? retryAfter : undefined;
    this.requestId = typeof requestId === 'string' ? requestId : undefined;
  }

  /** False for a refusal that says "not now" (too many requests, a fault of the server). */
  get isFinal(): boolean {
    return this.status < 500 && this.status !== 429;
  }
}

/** The first error of a GraphQL answer, if it has one. */
export function findRefusal(answer: GraphqlAnswer, httpStatus: number): Refusal | undefined {
  const first = answer.errors?.[0];
  return first && new Refusal(first, httpStatus);
}

export interface GraphqlAnswer<Data = unknown> {
  data?: Data;
  errors?: GraphqlError[];
}

interface GraphqlError {
  message?: string;
  extensions?: Record<string, unknown>;
}
