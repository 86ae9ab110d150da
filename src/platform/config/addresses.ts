import ipaddr from 'ipaddr.js';
import type { SettingValues } from './settings.js';

/** The origin under which the server is reached: AUTH_PUBLIC_URL, or localhost at its port. */
export function publicUrlOf(values: SettingValues): string {
  return values.server.publicUrl ?? `http://localhost:${values.server.port}`;
}

/** Whether an http(s) URL is https and names a host that others can reach. */
export function isPublicHttps(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' && !isLocalHost(hostname);
}

function isLocalHost(hostname: string): boolean {
  if (hostname === 'localhost' || hostname.endsWith('.localhost')) return true;
  const address = hostname.replace(/^\[|\]$/g, '');
  if (!ipaddr.isValid(address)) return false;
  return ['loopback', 'unspecified'].includes(ipaddr.process(address).range());
}
