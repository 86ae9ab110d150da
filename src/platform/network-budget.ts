import { siteOf } from '../kernel/network.js';
import type { RateLimiter } from './rate-limiter.js';

/**
 * A budget per network, with a wider one for all IPv6 networks of one site: a customer who is given a /48 holds 65,536
 * networks, and could otherwise start afresh from each.
 */
export class NetworkBudget implements RateLimiter {
  constructor(
    private readonly networks: RateLimiter,
    private readonly sites: RateLimiter,
  ) {}

  /** The key is what `networkOf` says. What the network's own budget refuses costs the site nothing. */
  async consume(network: string): Promise<void> {
    await this.networks.consume(network);
    const site = siteOf(network);
    if (site !== null) await this.sites.consume(site);
  }

  /** Gives the network its budget back; that of the site is others' too. */
  async reset(network: string): Promise<void> {
    await this.networks.reset(network);
  }
}
