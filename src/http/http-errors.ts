import { defineErrors } from '../kernel/errors.js';

/** The refusals of the transport itself: requests that never reach a feature. */
export const httpErrors = defineErrors({
  REQUEST_INVALID: { status: 400, message: 'The request is malformed.' },
  METHOD_NOT_ALLOWED: { status: 405, message: 'This address does not answer that method.' },
  BODY_TOO_LARGE: { status: 413, message: 'The body is larger than this server accepts.' },
  MEDIA_TYPE_UNSUPPORTED: { status: 415, message: 'This address does not accept that Content-Type.' },
  BATCH_REFUSED: { status: 400, message: 'Send one operation per request; batches are not run.' },
  OPERATION_INVALID: {
    status: 400,
    message: 'Send a JSON object with `query` and, where needed, `variables` and `operationName`.',
  },
  SUBSCRIPTION_OVER_HTTP: { status: 400, message: 'Subscribe over the websocket at this address.' },
  CSRF_REFUSED: { status: 403, message: 'The request does not prove that it comes from an allowed site.' },
  COOKIES_UNAVAILABLE: {
    status: 400,
    message: 'A websocket cannot set cookies; send this operation over HTTP.',
  },
  CONSOLE_NOT_BUILT: {
    status: 404,
    message: 'The console is not built on this server; run `npm start` once, or build the console package.',
  },
});
