import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  isObjectType,
} from 'graphql';
import { errors } from '../kernel/errors.js';
import { isReadable } from '../kernel/readable-text.js';

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
