export {
  type KeyServiceConfig,
  type KeyServiceConfigInput,
  parseConfig,
  readConfig,
} from './config.ts'
export { type KeyServicePorts, type RunningKeyService, startKeyService } from './start.ts'
