// graphql-shield 7.6.5 imports `util.isUndefined`, which Node 23 removed, so its ES module does not load.
// Its CommonJS build does, once the function exists again.
import { createRequire } from 'node:module';
import util from 'node:util';
import type * as Middleware from 'graphql-middleware';
import type * as Shield from 'graphql-shield';

Object.assign(util, { isUndefined: (value: unknown) => value === undefined });

const require = createRequire(import.meta.url);

/** The parts of graphql-shield and graphql-middleware in use. */
export const { shield, rule, allow, deny } = require('graphql-shield') as typeof Shield;
export const { applyMiddleware } = require('graphql-middleware') as typeof Middleware;
