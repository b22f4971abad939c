/** The arrows of the design (ARCHITECTURE.md, "Who may import whom"). scripts/check-imports.ts runs this and checks that it looked. */
const outside = (from, ...to) => ({ from: { path: from }, to: { path: to.join('|') } });

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: { pathNot: '^test/' }, to: { circular: true } },
    {
      // A simulated world and those who watch it may name each other's types.
      name: 'no-runtime-cycles-in-tests',
      severity: 'error',
      from: { path: '^test/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'agent-and-controller-are-strangers', severity: 'error', ...outside('^agent/', '^controller/') },
    { name: 'controller-and-agent-are-strangers', severity: 'error', ...outside('^controller/', '^agent/') },
    {
      name: 'common-imports-nothing-of-ours',
      severity: 'error',
      from: { path: '^common/' },
      to: { path: '^(proto|engines|agent|controller|cli|demo|test|scripts)/' },
    },
    {
      name: 'proto-imports-only-common',
      severity: 'error',
      from: { path: '^proto/' },
      to: { path: '^(engines|agent|controller|cli|demo|test|scripts)/' },
    },
    {
      name: 'engines-import-only-common',
      severity: 'error',
      from: { path: '^engines/' },
      to: { path: '^(proto|agent|controller|cli|demo|test|scripts)/' },
    },
    {
      name: 'controller-never-acts',
      severity: 'error',
      from: { path: '^controller/' },
      to: { path: '^engines/(([^/]+/(driver|probe)|drivers)\\.ts$|[^/]+/host/)' },
    },
    {
      name: 'agent-never-decides',
      severity: 'error',
      from: { path: '^agent/' },
      to: { path: '^engines/(([^/]+/(procedure|scheme)|procedures|schemes|builtin-packs)\\.ts$|kit/pure/)' },
    },
    {
      // What decides reaches nothing that acts: the procedures and all that they are made of.
      name: 'engines-decide-without-acting',
      severity: 'error',
      from: { path: '^engines/(kit/pure/|[^/]+/(procedure|checks|facts|tools|hop-steps|prechecks)\\.ts$)' },
      to: { path: '^engines/([^/]+/host/|[^/]+/driver\\.ts$)' },
    },
    {
      name: 'engines-act-without-deciding',
      severity: 'error',
      from: { path: '^engines/(kit/host/|[^/]+/host/|[^/]+/driver\\.ts$)' },
      to: { path: '^engines/([^/]+/procedure|kit/pure/(engine|turns|waves|judge))\\.ts$' },
    },
    { name: 'kit-knows-no-engine', severity: 'error', from: { path: '^engines/kit/' }, to: { path: '^engines/(?!kit/)' } },
    {
      name: 'cli-knows-rules-only',
      severity: 'error',
      from: { path: '^cli/' },
      to: { path: '^(agent|demo|test|scripts|controller/(?!rules/|planner/uncarried\\.ts$))' },
    },
    {
      // A path that is found offline says, as the controller does, what there is a procedure for.
      name: 'cli-reads-packs-schemes-and-procedures',
      severity: 'error',
      from: { path: '^cli/' },
      to: { path: '^engines/([^/]+/(driver|probe|procedure|facts)|drivers)\\.ts$' },
    },
    {
      name: 'programs-do-not-know-their-demo',
      severity: 'error',
      from: { path: '^(common|proto|engines|agent|controller|cli)/' },
      to: { path: '^(demo|test|scripts)/' },
    },
    {
      name: 'rules-before-planner',
      severity: 'error',
      from: { path: '^controller/rules/' },
      to: { path: '^controller/(operations|planner|sequencer|views|schedule|server|store|fleet)/' },
    },
    {
      name: 'fleet-before-planner',
      severity: 'error',
      from: { path: '^controller/fleet/' },
      to: { path: '^controller/(operations|planner|sequencer|views|schedule|server|rules)/' },
    },
    {
      name: 'planner-before-sequencer',
      severity: 'error',
      from: { path: '^controller/planner/' },
      to: { path: '^controller/(operations|sequencer|views|schedule|server)/' },
    },
    {
      name: 'sequencer-before-server',
      severity: 'error',
      from: { path: '^controller/sequencer/' },
      to: { path: '^controller/(operations|server|schedule)/' },
    },
    {
      name: 'operations-before-server',
      severity: 'error',
      from: { path: '^controller/operations/' },
      to: { path: '^controller/server/' },
    },
    { name: 'store-is-a-leaf', severity: 'error', from: { path: '^controller/store/' }, to: { path: '^controller/(?!store/)' } },
    {
      name: 'sql-has-two-doors',
      severity: 'error',
      from: { pathNot: '^(controller/store|agent/journal|test|demo)/' },
      to: { path: '^node_modules/(better-sqlite3|kysely)/' },
    },
    { name: 'cron-has-one-door', severity: 'error', from: { pathNot: '^controller/schedule/' }, to: { path: '^node_modules/node-cron/' } },
    {
      name: 'machine-has-one-door',
      severity: 'error',
      from: { path: '^(common|engines|agent|controller|cli|proto)/', pathNot: '^agent/host/' },
      to: { path: '^(child_process|node:child_process)$|^node_modules/systeminformation/' },
    },
    {
      name: 'pure-files-do-no-io',
      severity: 'error',
      from: {
        path: '^(agent/(journal/agent-machine|downtime/machine|orders/admission)|controller/sequencer/(run|decide)/[^/]+|controller/views/(run-document|report-document|legal-commands|text|progress)|controller/planner/(make-plan|plan-gaps|plan-text|problems|goals|shapes/[^/]+)|controller/fleet/membership|controller/external/questions|engines/[^/]+/(procedure|scheme|facts|checks|tools)|engines/kit/pure/[^/]+)\\.ts$|^controller/rules/',
      },
      to: { path: '^(node:)?(fs|net|http|https|tls|dgram|dns|child_process|worker_threads|timers|os)(/|$)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(node_modules|dist|proto/generated)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
