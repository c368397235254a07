import { trans } from '../text/trans';

/** Return what a flag of Grid's is called beside its field; its own name without dashes where it has no other. */
export function labelOf(flag: string): string {
  const labels: Partial<Record<string, string>> = {
    '--strategy': trans.__('Strategy'),
    '--trials': trans.__('Trials'),
    '--seed': trans.__('Seed'),
    '--metric': trans.__('Metric'),
    '--mode': trans.__('Best is'),
    '--where': trans.__('Keep where'),
    '--zip': trans.__('Walk together'),
    '--early_stop': trans.__('Stop early'),
    '--keep_dashes': trans.__('Keep dashes'),
    '--cluster': trans.__('Cluster'),
    '--instance_type': trans.__('Machine'),
    '--gpus': trans.__('GPUs per trial'),
    '--cpus': trans.__('CPUs per trial'),
    '--memory': trans.__('Memory per trial'),
    '--use_spot': trans.__('Spot'),
    '--disk_size': trans.__('Disk in GB'),
    '--scratch_size': trans.__('Extra disk in GB'),
    '--scratch_mount_path': trans.__('Extra disk at'),
    '--credential': trans.__('Credential'),
    '--framework': trans.__('Framework'),
    '--image': trans.__('Image'),
    '--parallel': trans.__('At once'),
    '--max_time': trans.__('Time per trial'),
    '--max_trials': trans.__('Most trials'),
    '--budget': trans.__('Budget'),
    '--retries': trans.__('Retries'),
    '--smoke': trans.__('Smoke trial first'),
    '--no_auto_resume': trans.__('No auto resume'),
    '--link': trans.__('Share path'),
    '--no_link': trans.__('Do not share'),
    '--dependency_file': trans.__('Dependencies'),
    '--warm': trans.__('Warm start'),
    '--name': trans.__('Name'),
    '--description': trans.__('Description'),
    '--mlflow': trans.__('MLflow server')
  };
  return labels[flag] ?? flag.slice(2).replaceAll('_', ' ');
}
