/**
 * The small files of a Cassandra release that its archive has and the registries' jars have not: start scripts with the vendor's command lines,
 * and what Java is told. PURE.
 */

/** Java homes of one release: of its server, and of its tools, which need RMI. */
export interface JavaHomes {
  readonly server: string;
  readonly tools: string;
}

/** As the release's own option files for Java 11 and 17 name them. */
const exported = [
  'java.base/jdk.internal.misc',
  'java.base/jdk.internal.ref',
  'java.base/sun.nio.ch',
  'java.management.rmi/com.sun.jmx.remote.internal.rmi',
  'java.rmi/sun.rmi.registry',
  'java.rmi/sun.rmi.server',
  'java.sql/java.sql',
];
const opened = [
  'java.base/java.lang.module',
  'java.base/jdk.internal.loader',
  'java.base/jdk.internal.ref',
  'java.base/jdk.internal.reflect',
  'java.base/jdk.internal.math',
  'java.base/jdk.internal.module',
  'java.base/jdk.internal.util.jar',
  'jdk.management/com.sun.management.internal',
];
const openedSince17 = ['java.base/sun.nio.ch', 'java.base/java.io', 'java.base/java.lang', 'java.base/java.util', 'java.base/java.nio'];

/** Every file by its path in the release, with its mode. `series`: `4.1`; `java`: majors that it runs on. */
export function releaseFiles(
  series: string,
  java: readonly number[],
  homes: JavaHomes,
): readonly { path: string; text: string; mode: number }[] {
  return [
    { path: 'bin/cassandra.in.sh', mode: 0o644, text: environment(series, java, homes) },
    { path: 'bin/cassandra', mode: 0o755, text: server },
    { path: 'bin/nodetool', mode: 0o755, text: nodetool },
    { path: 'conf/java.options', mode: 0o644, text: javaOptions(java).join('\n').concat('\n') },
    { path: 'conf/logback.xml', mode: 0o644, text: logging('INFO', 'System.out') },
    { path: 'conf/logback-tools.xml', mode: 0o644, text: logging('WARN', 'System.err') },
  ];
}

function javaOptions(java: readonly number[]): readonly string[] {
  const since17 = java.includes(17);
  return [
    '-Djdk.attach.allowAttachSelf=true',
    '-Dcom.sun.jndi.rmiURLParsing=legacy',
    ...(since17 ? ['-Djava.security.manager=allow'] : []),
    ...exported.map((name) => `--add-exports=${name}=ALL-UNNAMED`),
    ...[...opened, ...(since17 ? openedSince17 : [])].map((name) => `--add-opens=${name}=ALL-UNNAMED`),
  ];
}

/** Sourced by both programs; refuses another Java before anything is started. */
const environment = (
  series: string,
  java: readonly number[],
  homes: JavaHomes,
): string => `CASSANDRA_HOME=$(cd "$(dirname "$0")/.." && pwd -P)
: "\${CASSANDRA_CONF:=$CASSANDRA_HOME/conf}"
: "\${MAX_HEAP_SIZE:=512m}"
: "\${JAVA_HOME:=${homes.server}}"
: "\${TOOLS_JAVA_HOME:=${homes.tools}}"
if [ ! -x "$JAVA_HOME/bin/java" ]; then
  echo "Unable to find java executable in $JAVA_HOME. Check JAVA_HOME." >&2
  exit 1
fi
JAVA_MAJOR=$(sed -n 's/^JAVA_VERSION="\\([0-9]*\\).*/\\1/p' "$JAVA_HOME/release")
case " ${java.join(' ')} " in
*" $JAVA_MAJOR "*) ;;
*)
  echo "Cassandra ${series} requires Java ${java.join(' or ')}. Java $JAVA_MAJOR in $JAVA_HOME is not supported." >&2
  exit 1
  ;;
esac
CLASSPATH="$CASSANDRA_CONF:$CASSANDRA_HOME/conf:$CASSANDRA_HOME/lib/*"
`;

const server = `#!/bin/sh
# cassandra -f [-Dname=value]…: runs the server in the foreground; cassandra -v: prints its version.
set -f
. "$(dirname "$0")/cassandra.in.sh"
PROPERTIES=
for WORD in "$@"; do
  case "$WORD" in
  -v) exec "$JAVA_HOME/bin/java" -XX:TieredStopAtLevel=1 -Dlogback.configurationFile=logback-tools.xml -cp "$CLASSPATH" org.apache.cassandra.tools.GetVersion ;;
  -f) ;;
  -D*) PROPERTIES="$PROPERTIES $WORD" ;;
  *)
    echo "cassandra: unknown option $WORD; expected -f, -v or -Dname=value" >&2
    exit 1
    ;;
  esac
done
AGENT=$(ls "$CASSANDRA_HOME"/lib | sed -n 's/^\\(jamm-.*\\.jar\\)$/\\1/p')
exec "$JAVA_HOME/bin/java" @"$CASSANDRA_HOME/conf/java.options" -javaagent:"$CASSANDRA_HOME/lib/$AGENT" \\
  -Xms"$MAX_HEAP_SIZE" -Xmx"$MAX_HEAP_SIZE" -XX:+UseSerialGC $JVM_EXTRA_OPTS -Dcassandra-foreground=yes \\
  -Dlogback.configurationFile=logback.xml $PROPERTIES -cp "$CLASSPATH" org.apache.cassandra.service.CassandraDaemon
`;

const nodetool = `#!/bin/sh
# nodetool -h HOST -p PORT [-u USER -pwf FILE] COMMAND [ARGUMENTS]
. "$(dirname "$0")/cassandra.in.sh"
exec "$TOOLS_JAVA_HOME/bin/java" @"$CASSANDRA_HOME/conf/java.options" -Xmx128m -Xshare:auto \\
  -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Dlogback.configurationFile=logback-tools.xml -cp "$CLASSPATH" org.apache.cassandra.tools.NodeTool "$@"
`;

const logging = (level: string, target: string): string => `<configuration>
  <appender name="OUT" class="ch.qos.logback.core.ConsoleAppender">
    <target>${target}</target>
    <encoder><pattern>%-5level [%thread] %date{ISO8601} %F:%L - %msg%n</pattern></encoder>
  </appender>
  <root level="${level}"><appender-ref ref="OUT"/></root>
</configuration>
`;
