import { defineEntity } from '@mikro-orm/core';

const p = defineEntity.properties;

const AudienceSchema = defineEntity({
  name: 'Audience',
  tableName: 'audiences',
  properties: {
    id: p.uuid().primary(),
    /** The `aud` of tokens for it. */
    identifier: p.string().length(200).unique(),
    description: p.string().length(500),
    createdAt: p.datetime().length(3),
  },
});

/** A resource server that tokens may be asked for (RFC 9068 `aud`, RFC 8707 `resource`). */
export class Audience extends AudienceSchema.class {}
AudienceSchema.setClass(Audience);

export { AudienceSchema };
