import { adyen } from './adyen/index.ts';
import { cloudpayments } from './cloudpayments/index.ts';
import { type AnyGateway, anyGateway } from './common/any-gateway.ts';
import { paypal } from './paypal/index.ts';
import { prodamus } from './prodamus/index.ts';
import { robokassa } from './robokassa/index.ts';
import { sber } from './sber/index.ts';
import { stripe } from './stripe/index.ts';
import { tbank } from './tbank/index.ts';
import { yookassa } from './yookassa/index.ts';

/** Every gateway that Priliv speaks. A new one is a folder and a line here. */
export const gateways = [
  anyGateway(tbank),
  anyGateway(yookassa),
  anyGateway(cloudpayments),
  anyGateway(robokassa),
  anyGateway(sber),
  anyGateway(stripe),
  anyGateway(adyen),
  anyGateway(paypal),
  anyGateway(prodamus),
] as const satisfies readonly AnyGateway[];

export function gatewayByName(name: string): AnyGateway | undefined {
  return gateways.find((gateway) => gateway.name === name);
}
