import { connect, type Socket } from 'node:net';
import { createMessageConnection, type MessageConnection } from 'vscode-jsonrpc';
import { SocketMessageReader, SocketMessageWriter } from 'vscode-jsonrpc/node';
import type { TrainerEvent } from '../protocol/run.ts';
import {
  eventNotification,
  type HotChanges,
  statusRequest,
  stopNotification,
  type TrainerStatus,
  updateNotification,
} from '../protocol/trainer.ts';
import { lockStatus } from '../runFolder/lock.ts';
import { isAlive } from '../runFolder/processIdentity.ts';
import type { StoredRun } from './store.ts';
import { signalGroup, type TrainerLine } from './trainerProcess.ts';

/** How often a trainer whose socket closed is asked whether it is gone (ms). */
const LOOK_AGAIN = 100;

/** A training that somebody else started, reached through the control socket of its run. */
export class AttachedTrainer implements TrainerLine {
  private readonly listeners = new Set<(event: TrainerEvent) => void>();
  /** Resolves when the training is over, however it ended; its run folder says how. */
  readonly ended: Promise<void>;
  /** Settles when everything that was said is on its way. */
  private sent: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly run: StoredRun,
    private readonly socket: Socket,
    private readonly connection: MessageConnection,
    readonly status: TrainerStatus,
  ) {
    connection.onNotification(eventNotification, (event) => {
      for (const listener of this.listeners) listener(event);
    });
    this.ended = new Promise((resolve) => {
      const look = () => {
        if (!lockStatus(run.folder)?.alive) resolve();
        else setTimeout(look, LOOK_AGAIN);
      };
      if (socket.closed) look();
      else socket.once('close', look);
    });
  }

  /** @returns undefined when nobody answers: it is not training, or in another way than this version's. */
  static async connect(run: StoredRun): Promise<AttachedTrainer | undefined> {
    const address = run.record.process?.control;
    const socket = address === undefined ? undefined : await open(address);
    if (socket === undefined) return undefined;
    const connection = createMessageConnection(
      new SocketMessageReader(socket),
      new SocketMessageWriter(socket),
    );
    connection.onError(() => socket.destroy());
    socket.once('close', () => connection.dispose());
    connection.listen();
    try {
      return new AttachedTrainer(run, socket, connection, await connection.sendRequest(statusRequest));
    } catch {
      socket.destroy();
      return undefined;
    }
  }

  get pid(): number | undefined {
    return this.run.record.process?.pid;
  }

  onEvent(listener: (event: TrainerEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  stop(reason: string): void {
    this.send(() => this.connection.sendNotification(stopNotification, { reason }));
  }

  update(changes: HotChanges): void {
    this.send(() => this.connection.sendNotification(updateNotification, changes));
  }

  async kill(): Promise<void> {
    const { process: identity } = this.run.record;
    if (identity !== undefined && isAlive(identity)) signalGroup(identity.pid);
    await this.ended;
  }

  /** Says what there was to say, then lets the training go on alone. */
  async detach(): Promise<void> {
    await this.sent;
    this.socket.end();
  }

  private send(message: () => Promise<void>): void {
    this.sent = Promise.all([this.sent, message().catch(() => undefined)]);
  }
}

function open(address: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once('connect', () => resolve(socket));
    socket.on('error', () => resolve(undefined));
  });
}
