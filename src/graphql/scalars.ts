import { GraphQLError, GraphQLScalarType } from 'graphql';
import { GraphQLDateTime, GraphQLEmailAddress, GraphQLJSONObject, GraphQLUUID } from 'graphql-scalars';

// The wire forms of dates, addresses and ids, from graphql-scalars: every type file takes them from here.
/** From the year 1 on: no database of ours knows the year 0. */
export const DateTime = fromText(GraphQLDateTime, (date) => date.getUTCFullYear() >= 1);
export const EmailAddress = fromText(GraphQLEmailAddress);
export const Uuid = fromText(GraphQLUUID);
export { GraphQLJSONObject as JSONObject };

/**
 * The scalar, read from text alone. Those of graphql-scalars put whatever they are given into the message of
 * their refusal, and an object that cannot become text makes that refusal a TypeError: our fault, on the wire.
 */
function fromText<Internal, External>(
  scalar: GraphQLScalarType<Internal, External>,
  isStorable: (value: Internal) => boolean = () => true,
): GraphQLScalarType<Internal, External> {
  const config = scalar.toConfig();
  const storable = (value: Internal): Internal => {
    if (isStorable(value)) return value;
    throw new GraphQLError(`This is no ${scalar.name} that can be kept.`);
  };
  return new GraphQLScalarType({
    ...config,
    parseLiteral: (node, variables) => storable(config.parseLiteral(node, variables)),
    parseValue: (value) => {
      if (typeof value !== 'string') throw new GraphQLError(`${scalar.name} is written as text.`);
      return storable(config.parseValue(value));
    },
  });
}
