import * as loginStorm from './login-storm.mjs';
import * as revocation from './revocation.mjs';

/** What is no throughput: measured after the cells of each round. */
export const experiments = { 'login-storm': loginStorm, revocation };
