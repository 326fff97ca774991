/** A cloud in a process of its own, so that a test can kill it. Prints its address and runs on. */
import { startCloud } from '#local/cloud.ts';

const [assembly = '', dataDir = ''] = process.argv.slice(2);
const cloud = await startCloud({ assembly, dataDir });
console.log(JSON.stringify({ apiUrls: cloud.apiUrls, endpoint: cloud.endpoint }));
setInterval(() => {}, 60_000);
