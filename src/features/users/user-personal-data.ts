import type { PersonalData } from '../../platform/personal-data.js';
import { User } from './user.entity.js';

/** The account itself: the last to go, for everything else points at it. */
export const personalUsers: PersonalData = {
  table: 'users',
  about: 'The account: its address, username, name, language, picture and metadata.',
  action: 'deleted',
  because: 'It is what the person asked to be rid of; its names are free for others.',
  count: async (em, { userId }) => await em.count(User, { id: userId }),
  erase: async (em, { userId }) => void (await em.nativeDelete(User, { id: userId })),
  export: async (em, { userId }) => {
    const user = await em.findOne(User, { id: userId });
    if (!user) return null;
    const { id, email, username, displayName, locale, pictureUrl, metadata, status } = user;
    return {
      id,
      email,
      username,
      displayName,
      locale,
      pictureUrl,
      metadata,
      status,
      emailVerifiedAt: user.emailVerifiedAt?.toISOString() ?? null,
      createdAt: user.createdAt.toISOString(),
      updatedAt: user.updatedAt.toISOString(),
    };
  },
};
