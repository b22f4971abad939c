/** How hosts, instances and clusters of a fleet of fakes are called, on both sides of its streams. */
export const nodesPerCluster = 3;

const padded = (number: number): string => String(number).padStart(5, '0');

export const hostName = (number: number): string => `host-${padded(number)}`;
export const instanceName = (number: number): string => `pg-${padded(number)}`;
export const clusterName = (cluster: number): string => `cluster-${padded(cluster)}`;
export const clusterOfHost = (number: number): string => clusterName(Math.floor(number / nodesPerCluster));
export const databaseIdOf = (cluster: string): string => `id-of-${cluster}`;
