/** The API lies beside the console: /console/ and /graphql, or both under the same prefix. */
export const httpEndpoint = new URL('../graphql', document.baseURI).href;

/** The same address for `graphql-transport-ws`: http becomes ws, https becomes wss. */
export const socketEndpoint = httpEndpoint.replace(/^http/, 'ws');
