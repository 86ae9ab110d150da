import { defineEntity } from '@mikro-orm/core';

const p = defineEntity.properties;

const ForgottenKeySchema = defineEntity({
  name: 'ForgottenKey',
  tableName: 'audit_forgotten',
  properties: {
    /** A keyed fingerprint of the person's id, or of an address or a username of theirs. */
    key: p.string().length(64).primary(),
    userId: p.uuid().index(),
    /** Until then personal facts under the key are not written any more. */
    until: p.datetime().length(3),
  },
});

/** Whom the trail has just forgotten, so that a request which was under way cannot write them back. */
export class ForgottenKey extends ForgottenKeySchema.class {}
ForgottenKeySchema.setClass(ForgottenKey);

export { ForgottenKeySchema };
