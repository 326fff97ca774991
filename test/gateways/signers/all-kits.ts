import type { Kit } from '../kit.ts';
import { adyenKit } from './adyen.ts';
import { cloudpaymentsKit } from './cloudpayments.ts';
import { paypalKit } from './paypal.ts';
import { prodamusKit } from './prodamus.ts';
import { robokassaKit } from './robokassa.ts';
import { sberKit } from './sber.ts';
import { stripeKit } from './stripe.ts';
import { tbankKit } from './tbank.ts';
import { yookassaKit } from './yookassa.ts';

/** A kit per gateway of the registry. The contract suite fails when one is missing. */
export const kits: readonly Kit[] = [
  tbankKit,
  yookassaKit,
  cloudpaymentsKit,
  robokassaKit,
  sberKit,
  stripeKit,
  adyenKit,
  paypalKit,
  prodamusKit,
];
