/** What the local cloud calls itself where Lambda puts `AWS_Lambda_nodejs24.x`. */
const LOCAL_RUNTIME = 'Local_nodejs24.x';

/**
 * Whether this process runs in the local cloud, whose gateways listen on loopback without TLS.
 *
 * Lambda sets this variable itself and refuses a configuration that names it, so nothing that is
 * deployed can carry the allowance into AWS. Libraries append words of their own to it.
 */
export function isLocalCloud(environment: Readonly<Record<string, string | undefined>>): boolean {
  return environment['AWS_EXECUTION_ENV']?.split(' ')[0] === LOCAL_RUNTIME;
}
