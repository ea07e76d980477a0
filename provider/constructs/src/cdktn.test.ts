import { TerraformStack, TerraformVariable, Testing, Token } from 'cdktn'
import { ApiKey, KubernetesProvider } from './cdktn.ts'
import { describeEntryPoint } from './entry-point.contract.ts'
import { outdir } from './test-outdir.ts'

describeEntryPoint('cdktn', {
  ApiKey,
  KubernetesProvider,
  newStack: () => new TerraformStack(Testing.app({ outdir }), 'demo'),
  synth: (stack) => Testing.synth(stack, true),
  variables: (stack) => {
    const text = new TerraformVariable(stack, 'text', { type: 'string' })
    const list = new TerraformVariable(stack, 'list', { type: 'list(string)' })
    const map = new TerraformVariable(stack, 'map', { type: 'map(string)' })
    const boolean = new TerraformVariable(stack, 'boolean', { type: 'bool' })
    return {
      text: text.stringValue,
      list: list.listValue,
      map: Token.asStringMap(map.value),
      boolean: boolean.booleanValue,
    }
  },
})
