import type { Host } from '#local/kernel/service.ts';
import type { Table } from './table.ts';

type Account = Pick<Host, 'region' | 'accountId'>;

export function tableArn({ region, accountId }: Account, tableName: string): string {
  return `arn:aws:dynamodb:${region}:${accountId}:table/${tableName}`;
}

export function indexArn(account: Account, tableName: string, index: string): string {
  return `${tableArn(account, tableName)}/index/${index}`;
}

export function streamArn(account: Account, table: Table): string {
  return `${tableArn(account, table.name)}/stream/${table.identity.streamLabel}`;
}
