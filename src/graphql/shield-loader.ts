// graphql-shield 7.6.5 imports `util.isUndefined`, which Node 23 removed, so its ES module does not load.
// Its CommonJS build does, once the function exists again.
import { createRequire } from 'node:module';
import util from 'node:util';
import type * as Middleware from 'graphql-middleware';
import type * as Shield from 'graphql-shield';

Object.assign(util, { isUndefined: (value: unknown) => value === undefined });

const require = createRequire(import.meta.url);

const loadedShield = require('graphql-shield') as typeof Shield;
const loadedMiddleware = require('graphql-middleware') as typeof Middleware;

export const shield: typeof Shield.shield = loadedShield.shield;
export const rule: typeof Shield.rule = loadedShield.rule;
export const allow: typeof Shield.allow = loadedShield.allow;
export const deny: typeof Shield.deny = loadedShield.deny;
export const applyMiddleware: typeof Middleware.applyMiddleware = loadedMiddleware.applyMiddleware;
