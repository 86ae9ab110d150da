/**
 * The bytes of base64 as hashes carry it: without padding, in the alphabet of RFC 4648 §4 or in that of passlib,
 * with `.` for `+`. Null when it is not exactly that, bits that stand for nothing included.
 */
export function decodeBase64(text: string): Buffer | null {
  const standard = text.replaceAll('.', '+');
  const bytes = Buffer.from(standard, 'base64');
  return bytes.toString('base64').replaceAll('=', '') === standard ? bytes : null;
}
