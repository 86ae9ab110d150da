import type { FastifyInstance } from 'fastify';

interface Route {
  readonly segments: readonly string[];
  readonly methods: Set<string>;
}

/**
 * Remembers the routes that `app` and its plugins register from now on; the function it gives tells which
 * methods the path of a URL answers, none for an unknown path. Catch-all routes (`*` alone) do not count.
 */
export function allowedMethods(app: FastifyInstance): (url: string) => readonly string[] {
  const routes = new Map<string, Route>();
  app.addHook('onRoute', ({ url, method }) => {
    if (url === '*' || url === '/*') return;
    const route = routes.get(url) ?? { segments: url.split('/'), methods: new Set<string>() };
    for (const name of [method].flat()) route.methods.add(name);
    routes.set(url, route);
  });
  return (url) => {
    const path = (url.split('?', 1)[0] ?? '').split('/');
    const matching = [...routes.values()].filter(({ segments }) => matches(segments, path));
    return [...new Set(matching.flatMap(({ methods }) => [...methods]))].toSorted();
  };
}

// `:name` is one segment that is not empty, a last `*` is the rest.
function matches(segments: readonly string[], path: readonly string[]): boolean {
  const open = segments.at(-1) === '*';
  if (open ? path.length < segments.length : path.length !== segments.length) return false;
  return segments.every((segment, index) => {
    if (open && index === segments.length - 1) return true;
    return segment.startsWith(':') ? path[index] !== '' : segment === path[index];
  });
}
