import { GraphQLError, type GraphQLFormattedError, isValueNode } from 'graphql';

/** `Variable "$input" got invalid value … at "input.password"; …`, as graphql-js words it. */
const VARIABLE = /^Variable "\$(\w+)" got invalid value .* at "(\1(?:\.\w+|\[\d+\])+)"; /s;
const WHOLE_VARIABLE = /^Variable "\$(\w+)" got invalid value /;
/** Reasons that speak of names and types only. */
const HARMLESS_REASON =
  /(?:Field "[\w.]+" (?:of required type "[^"]+" was not provided|is not defined by type "\w+")|Expected non-nullable type "[^"]+" not to be null)/;

/**
 * The message of a complaint about a request, without the values that graphql-js quotes in it: what does not
 * fit its type may be a password all the same, and answers end up in the logs of others.
 */
export function messageWithoutValues(error: GraphQLFormattedError | GraphQLError): string {
  const { message } = error;
  const [reason] = HARMLESS_REASON.exec(message) ?? [];
  const [, variable, place = variable] = VARIABLE.exec(message) ?? WHOLE_VARIABLE.exec(message) ?? [];
  if (place !== undefined)
    return `The variable does not fit its type at "${place}"${reason === undefined ? '.' : `: ${reason}.`}`;
  if (message.startsWith('Syntax Error')) return message.replace(/\b((?:Block)?String) ".*"/s, '$1');
  if (error instanceof GraphQLError && error.nodes?.some(isValueNode)) {
    return reason === undefined ? 'A value does not fit its type.' : `${reason}.`;
  }
  return message;
}
