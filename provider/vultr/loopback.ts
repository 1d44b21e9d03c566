/** Hosts that never leave this machine: plain http is allowed to them, and no proxy stands before them. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}
