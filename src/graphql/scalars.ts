import { GraphQLError, GraphQLScalarType } from 'graphql';
import { GraphQLDateTime, GraphQLEmailAddress, GraphQLJSONObject, GraphQLUUID } from 'graphql-scalars';

// The wire forms of dates, addresses and ids, from graphql-scalars: every type file takes them from here.
/** From the year 1 on: no database of ours knows the year 0. */
export const DateTime = fromText(GraphQLDateTime, (date) => date.getUTCFullYear() >= 1);
export const EmailAddress = fromText(GraphQLEmailAddress);
export const Uuid = fromText(GraphQLUUID);
/** Nested no deeper than whatever walks through it may recurse. */
export const JSONObject = boundedObject(GraphQLJSONObject, 20);

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

/** The scalar, for objects of at most `levels` levels; it never repeats what it refuses. */
function boundedObject<Internal, External>(
  scalar: GraphQLScalarType<Internal, External>,
  levels: number,
): GraphQLScalarType<Internal, External> {
  const config = scalar.toConfig();
  const bounded = <Value>(value: Value): Value => {
    if (isWithin(value, levels)) return value;
    throw new GraphQLError(`${scalar.name} is nested too deeply.`);
  };
  return new GraphQLScalarType({
    ...config,
    parseLiteral: (node, variables) => bounded(config.parseLiteral(node, variables)),
    parseValue: (value) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        throw new GraphQLError(`${scalar.name} is written as an object.`);
      }
      return config.parseValue(bounded(value));
    },
  });
}

function isWithin(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((each) => isWithin(each, levels - 1));
}
