import type { DomainEvent } from '../../kernel/event.js';
import { keyedFingerprint } from '../../platform/crypto/fingerprint.js';
import type { Keyring } from '../../platform/crypto/keyring.js';
import type { DataSubject } from '../../platform/personal-data.js';

const PURPOSE = 'audit-forgotten';

/** Personal facts that tell where somebody was, and not who they are. */
const PLACES = new Set(['ip', 'userAgent']);

/** The keys under which somebody is forgotten. */
export function keysOfSubject(keyring: Keyring, { userId, identifiers }: DataSubject): string[] {
  const people = [person(userId), ...identifiers.map(name)];
  return people.map((each) => keyedFingerprint(keyring, PURPOSE, each));
}

/**
 * The keys of everybody whom the personal facts of an event are about: whose account it is, who did it, and, where
 * no account is known, whoever is named. A name in the facts of an account is that account's, whoever had it before.
 */
export function keysOfEvent(keyring: Keyring, { userId, actor, personal }: DomainEvent): string[] {
  const ids = [userId, actor.id].filter((id) => id !== null);
  const names = userId === null ? namesIn(personal) : [];
  const people = [...ids.map(person), ...names.map(name)];
  return people.flatMap((each) =>
    keyring.keyIds.map((keyId) => keyedFingerprint(keyring, PURPOSE, each, keyId)),
  );
}

/** The texts among personal facts that may name somebody. */
export function namesIn(personal: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(personal)
    .filter(([fact]) => !PLACES.has(fact))
    .flatMap(([, value]) => (typeof value === 'string' ? [value] : []));
}

function person(id: string): string {
  return `person ${id}`;
}

function name(text: string): string {
  return `name ${text}`;
}
