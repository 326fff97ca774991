import { createAdyen } from './adyen.ts';
import { createCloudpayments } from './cloudpayments.ts';
import type { AcquirerDialect, Shop } from './dialect.ts';
import type { GatewayName } from './payment.ts';
import { createPaypal } from './paypal.ts';
import { createProdamus } from './prodamus.ts';
import { createRobokassa } from './robokassa.ts';
import { createSber } from './sber.ts';
import { createStripe } from './stripe.ts';
import { createTbank } from './tbank.ts';
import { createYookassa } from './yookassa.ts';

/** One line per simulated gateway. */
export const DIALECTS: Readonly<Record<GatewayName, (shop: Shop) => AcquirerDialect>> = {
  yookassa: createYookassa,
  tbank: createTbank,
  cloudpayments: createCloudpayments,
  robokassa: createRobokassa,
  sber: createSber,
  stripe: createStripe,
  adyen: createAdyen,
  paypal: createPaypal,
  prodamus: createProdamus,
};
