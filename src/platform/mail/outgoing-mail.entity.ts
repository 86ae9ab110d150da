import { defineEntity } from '@mikro-orm/core';

const p = defineEntity.properties;

const OutgoingMailSchema = defineEntity({
  name: 'OutgoingMail',
  tableName: 'outgoing_mails',
  properties: {
    id: p.uuid().primary(),
    /** The kind of message, such as `verify_email`. */
    kind: p.string().length(50),
    /** Whose account it is about, so that it goes with the account; no foreign key, for mails about nobody. */
    userId: p.uuid().strictNullable().index(),
    /** Recipient, locale and values, encrypted: they hold addresses and links that are secrets. Null once given up. */
    sealed: p.text().strictNullable(),
    attempts: p.integer(),
    /** When it is due; while a process has it in hand, when that process counts as dead. Null once given up. */
    dueAt: p.datetime().length(3).strictNullable().index(),
    createdAt: p.datetime().length(3),
    /** Why the last attempt failed, in a word; never text of the mail server, which may quote the address. */
    failure: p.string().length(100).strictNullable(),
  },
});

/** A mail that was promised in a transaction and is not delivered yet. A delivered one has no row. */
export class OutgoingMail extends OutgoingMailSchema.class {}
OutgoingMailSchema.setClass(OutgoingMail);

export { OutgoingMailSchema };
