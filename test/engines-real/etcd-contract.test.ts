/** The driver contract on a real etcd cluster. */
import { liveContract } from '../contract/driver-contract.ts';
import { etcdLive } from '../contract/etcd-live.ts';

liveContract(etcdLive);
