// The wire forms of dates, addresses and ids, from graphql-scalars: every type file takes them from here.
export {
  GraphQLDateTime as DateTime,
  GraphQLEmailAddress as EmailAddress,
  GraphQLJSONObject as JSONObject,
  GraphQLPositiveInt as PositiveInt,
  GraphQLURL as Url,
  GraphQLUUID as Uuid,
} from 'graphql-scalars';
