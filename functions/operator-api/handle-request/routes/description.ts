import { readDescriptionOperation } from '#shared/operator-api/contracts/operations.ts';
import { answer, route } from '../route.ts';

/** The description is made when the project is built; the function only hands it out. */
export function descriptionRoutes(description: { readonly openapi: string }) {
  return [route(readDescriptionOperation, async () => answer(200, { ...description }))];
}
