import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  isObjectType,
} from 'graphql';
import { errors } from '../kernel/errors.js';

/** C0 controls but tab and line breaks, and DEL: no text that people write holds them, and NUL no database takes. */
// oxlint-disable-next-line no-control-regex -- those are what it looks for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

const UNREADABLE = 'Text may hold neither control characters nor halves of characters.';

type Resolver = GraphQLFieldResolver<unknown, unknown, Record<string, unknown>>;

/**
 * Lets every field refuse arguments that hold text which is none: control characters, and halves of surrogate
 * pairs, which would be stored as something else than was sent. One check for literals and variables, over HTTP
 * and the websocket; it throws INVALID_INPUT before the field is resolved or subscribed to.
 */
export function refuseUnreadableText(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) if (field.args.length > 0) checkArguments(field);
  }
  return schema;
}

/** Whether every text in the value, however deep, is well formed and without control characters. */
export function isReadable(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed() && !CONTROL.test(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every(isReadable);
}

function checkArguments(field: GraphQLField<unknown, unknown>): void {
  const { subscribe } = field;
  if (subscribe) field.subscribe = checked(subscribe);
  else field.resolve = checked(field.resolve ?? defaultFieldResolver);
}

function checked(resolve: Resolver): Resolver {
  return (parent, args, context, info) => {
    if (!isReadable(args)) throw errors.INVALID_INPUT({ details: { reasons: [UNREADABLE] } });
    return resolve(parent, args, context, info);
  };
}
