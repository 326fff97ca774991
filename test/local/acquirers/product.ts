import type { GatewayName } from '#local/acquirers/payment.ts';
import { adyen } from '#shared/gateways/adyen/index.ts';
import { cloudpayments } from '#shared/gateways/cloudpayments/index.ts';
import { type AnyGateway, anyGateway } from '#shared/gateways/common/any-gateway.ts';
import { paypal } from '#shared/gateways/paypal/index.ts';
import { prodamus } from '#shared/gateways/prodamus/index.ts';
import { robokassa } from '#shared/gateways/robokassa/index.ts';
import { sber } from '#shared/gateways/sber/index.ts';
import { stripe } from '#shared/gateways/stripe/index.ts';
import { tbank } from '#shared/gateways/tbank/index.ts';
import { yookassa } from '#shared/gateways/yookassa/index.ts';

/** The product's own reading of each gateway, written by other hands than the simulators. */
export const PRODUCT: Record<GatewayName, AnyGateway> = {
  yookassa: anyGateway(yookassa),
  tbank: anyGateway(tbank),
  cloudpayments: anyGateway(cloudpayments),
  robokassa: anyGateway(robokassa),
  sber: anyGateway(sber),
  stripe: anyGateway(stripe),
  adyen: anyGateway(adyen),
  paypal: anyGateway(paypal),
  prodamus: anyGateway(prodamus),
};
