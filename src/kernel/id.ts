import { v7 } from 'uuid';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** A new UUIDv7 (RFC 9562 §5.7): sortable by creation time. An identifier, never a secret (ASVS 11.5.1). */
export function newId(): string {
  return v7();
}

/** A new UUIDv7 of something that came to be at `moment`: it sorts where that belongs, in no order within a millisecond. */
export function newIdAt(moment: Date): string {
  return v7({ msecs: moment.getTime() });
}

/** Whether `value` is a lower-case UUID, so that it may be bound to a uuid column without an error. */
export function isId(value: string): boolean {
  return UUID.test(value);
}
