/**
 * The small files of an Ozone release that its archive has and the registries' jars have not: the program `ozone` with the vendor's command lines, and
 * what its logs look like. PURE.
 */
import type { ReleaseFile } from '../java-releases.ts';

/** Main classes of the servers, by the words of the command line. */
const servers = {
  om: 'org.apache.hadoop.ozone.om.OzoneManagerStarter',
  scm: 'org.apache.hadoop.hdds.scm.server.StorageContainerManagerStarter',
  datanode: 'org.apache.hadoop.ozone.HddsDatanodeService',
  recon: 'org.apache.hadoop.ozone.recon.ReconServer',
  s3g: 'org.apache.hadoop.ozone.s3.Gateway',
  httpfs: 'org.apache.ozone.fs.http.server.HttpFSServerWebServer',
};
const programs = {
  admin: 'org.apache.hadoop.ozone.admin.OzoneAdmin',
  sh: 'org.apache.hadoop.ozone.shell.OzoneShell',
  version: 'org.apache.hadoop.ozone.util.OzoneVersionInfo',
};

/** Every file by its path in the release, with its mode. */
export function releaseFiles(javaHome: string): readonly ReleaseFile[] {
  return [
    { path: 'bin/ozone', mode: 0o755, text: program(javaHome) },
    { path: 'etc/log4j.properties', mode: 0o644, text: logging('INFO', 'System.out') },
    { path: 'etc/log4j-tools.properties', mode: 0o644, text: logging('ERROR', 'System.err') },
  ];
}

const cases = (mains: Readonly<Record<string, string>>): string =>
  Object.entries(mains)
    .map(([word, main]) => `${word}) MAIN=${main} ;;`)
    .join('\n');

const program = (javaHome: string): string => `#!/bin/sh
# ozone [--config DIR] om|scm|datanode|recon|s3g|httpfs [ARGUMENTS]: runs that server in the foreground
# ozone [--config DIR] admin|sh|version [ARGUMENTS]: a tool, and its end
OZONE_HOME=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd -P)
: "\${JAVA_HOME:=${javaHome}}"
if [ ! -x "$JAVA_HOME/bin/java" ]; then
  echo "ERROR: JAVA_HOME $JAVA_HOME does not exist." >&2
  exit 1
fi
if [ "$1" = --config ]; then
  OZONE_CONF_DIR=$2
  shift 2
fi
: "\${OZONE_CONF_DIR:=$OZONE_HOME/etc}"
COMMAND=$1
[ $# -gt 0 ] && shift
LOGGING=log4j.properties
OPTIONS="-Xmx\${OZONE_HEAPSIZE_MAX:-320m} \${OZONE_SERVER_OPTS:--XX:+UseSerialGC}"
case "$COMMAND" in
${cases(servers)}
*)
  LOGGING=log4j-tools.properties
  OPTIONS="-Xmx192m -Xshare:auto -XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
  case "$COMMAND" in
${cases(programs)}
  *)
    echo "ERROR: $COMMAND is not COMMAND nor fully qualified CLASSNAME." >&2
    exit 1
    ;;
  esac
  ;;
esac
if [ "$COMMAND" = httpfs ]; then
  OPTIONS="$OPTIONS -Dhttpfs.home.dir=$OZONE_HOME -Dhttpfs.config.dir=$OZONE_CONF_DIR"
  OPTIONS="$OPTIONS -Dhttpfs.log.dir=\${OZONE_LOG_DIR:-$OZONE_HOME/logs} -Dhttpfs.temp.dir=\${HTTPFS_TEMP:-$OZONE_HOME/temp}"
fi
exec "$JAVA_HOME/bin/java" $OPTIONS -Dproc_$COMMAND -Dhadoop.home.dir="$OZONE_HOME" \\
  -Dlog4j.configuration="file:$OZONE_HOME/etc/$LOGGING" -cp "$OZONE_CONF_DIR:$OZONE_HOME/lib/*" "$MAIN" "$@"
`;

const logging = (level: string, target: string): string => `log4j.rootLogger=${level},OUT
log4j.appender.OUT=org.apache.log4j.ConsoleAppender
log4j.appender.OUT.Target=${target}
log4j.appender.OUT.layout=org.apache.log4j.PatternLayout
log4j.appender.OUT.layout.ConversionPattern=%d{ISO8601} [%t] %p %c{1}: %m%n
`;
