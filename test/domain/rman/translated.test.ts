import { describe, expect, it } from 'vitest';
import { parseRmanLog } from '../../../shared/domain/rman/log-parser.ts';

const parse = (...lines: readonly string[]) => parseRmanLog(`${lines.join('\n')}\n`);

/** A backup in no language of the tables, of one set for each line of inputs. */
const kanalo = (...sets: readonly (readonly string[])[]) => [
  'ligita al datumbazo LAGER (DBID=3141592653)',
  'kanalo k1: SID=5 aparato=DISK',
  'backup komencas je 17-MAY-31',
  ...sets.flat(),
  'backup finita je 17-MAY-31',
];
const announced = (...inputs: readonly string[]) => [
  'kanalo k1: komencante aron de nivelo 1',
  'kanalo k1: listigante dosierojn',
  ...inputs,
];
const written = (handle: string) => [
  'kanalo k1: komencante pecon 1 je 17-MAY-31',
  'kanalo k1: finita peco 1 je 17-MAY-31',
  `tenilo=${handle} etikedo=T komento=NONE`,
  'kanalo k1: aro finita, daŭro: 00:00:05',
];
const set = (file: number) => [
  ...announced(`dosiero numero=0000${file} nomo=/data/${file}.dbf`),
  ...written(`/b/${file}`),
];

describe('a deletion in a language without a wording for it', () => {
  it.each([
    ['German', 'mit Zieldatenbank verbunden: L', 'Backup Piece gelöscht', 'Handle des Backup Piece='],
    ['French', 'connecté à la base de données cible : L', 'élément de sauvegarde supprimé', 'descripteur='],
    ['Spanish', 'conectado a la base de datos destino: L', 'parte de copia suprimida', 'manejador='],
    ['Portuguese', 'conectado ao banco de destino: L', 'componente de backup deletado', 'handle='],
    ['Italian', 'connesso al database di destinazione: L', 'parte di backup eliminata', 'handle='],
    ['Korean', '대상 데이터베이스에 접속: L', '백업 조각을 삭제했습니다', '백업 조각 핸들='],
  ])('is read by its words: %s', (_, connected, deleted, handle) => {
    const { map } = parse(
      `${connected} (DBID=3141592653)`,
      'Starting Control File and SPFILE Autobackup at 17-MAY-31',
      'piece handle=/b/c-3141592653-20310517-00 comment=NONE',
      'Finished Control File and SPFILE Autobackup at 17-MAY-31',
      deleted,
      `${handle}/b/c-3141592653-20310517-00 RECID=7 STAMP=1391648403`,
      deleted,
      `${handle}/b/older RECID=6 STAMP=1391648402`,
    );

    expect(map.deletions.at(-1)).toEqual({
      type: 'backuppiece',
      handle: '/b/older',
      recid: 6,
      stamp: 1391648402,
    });
    expect(map.note).toContain('what is deleted is read from single words');
  });

  it('is not read from the question before, and not of what was only checked', () => {
    const { map, facts } = parse(
      'mit Zieldatenbank verbunden: L (DBID=3141592653)',
      'Sollen die Objekte wirklich gelöscht werden (YES oder NO)?',
      "Backup Piece geprüft, Status 'EXPIRED'",
      'Handle des Backup Piece=/b/gone RECID=7 STAMP=1391648403',
      "Backup Piece geprüft, Status 'AVAILABLE'",
      'Handle des Backup Piece=/b/there RECID=8 STAMP=1391648404',
      '2 Objekte gelöscht',
    );

    expect(map.deletions).toEqual([]);
    expect(map.note).toBeUndefined();
    expect(facts.listed?.missing).toMatchObject([{ name: '/b/gone' }]);
  });

  it('is said to be possible where no word tells', () => {
    const { map } = parse(
      ...kanalo(set(1)),
      'rezervpeco forigita',
      'rezervpeco=/b/1 RECID=7 STAMP=1391648403',
    );

    expect(map).toMatchObject({ deletions: [], backupSets: [{ pieces: [{ handle: '/b/1' }] }] });
    expect(map.note).toContain('/b/1 may be deleted, or only checked');
  });

  it('of the logs behind their backup begins no set', () => {
    const { map } = parse(
      'Kanal c1: SID=6, Gerätetyp=DISK',
      'backup wird gestartet bei 17.05.31',
      'Kanal c1: Archivelog-Backup Set wird begonnen',
      'Archiviertes Log: Thread=1, Sequence=7, RECID=7, STAMP=1391648403',
      'Kanal c1: Piece 1 wird auf 17.05.31 begonnen',
      'Kanal c1: Piece 1 auf 17.05.31 beendet',
      'Piece Handle=/b/arc, Tag=T, Kommentar=NONE',
      'Kanal c1: Backupset abgeschlossen, abgelaufene Zeit: 00:00:01',
      'Kanal c1: Archivierte Logs werden gelöscht',
      'Name des Logs=/a/1_7.arc, RECID=7, STAMP=1391648403',
      'backup wurde beendet bei 17.05.31',
    );

    expect(map.status).toBe('completed');
    expect(map.backupSets).toMatchObject([{ kind: 'archivelog', pieces: [{ handle: '/b/arc' }] }]);
    expect(map.deletions).toMatchObject([{ type: 'archivelog', name: '/a/1_7.arc', channel: 'c1' }]);
  });
});

describe('a set in a language that no table knows', () => {
  it.each([
    ['a remark', ['kanalo k1: rimarko']],
    ['a deletion', ['kanalo k1: forigante protokolojn', 'protokolo=/a/1.arc RECID=7 STAMP=1391648403']],
    ['two remarks', ['kanalo k1: rimarko', 'kanalo k1: alia rimarko']],
  ])('keeps its level behind %s of its channel', (_, between) => {
    const { map } = parse(...kanalo(set(1), between, set(2), between));

    expect(map.status).toBe('completed');
    expect(map.backupSets).toMatchObject([
      { kind: 'incremental', level: 1, datafiles: [{ file: 1 }] },
      { kind: 'incremental', level: 1, datafiles: [{ file: 2 }] },
    ]);
  });

  it('is not announced where a channel is allocated', () => {
    const { map } = parse(
      'conectado ao banco de destino: L (DBID=3141592653)',
      'canal alocado: k1',
      'canal k1: SID=5 tipo=DISK',
      'Iniciando backup em 17-MAY-31',
      'canal alocado: k2',
      'backup finalizado em 17-MAY-31',
    );

    expect(map).toMatchObject({ status: 'completed', backupSets: [] });
    expect(map.note).toBeUndefined();
  });

  it('has the numbers of its pieces, wherever the dates stand', () => {
    const { map } = parse(
      '채널 k1: SID=5 장치=DISK',
      '31/05/17에서 backup을(를) 시작합니다',
      '채널 k1: 전체 데이터 파일 백업 집합을 시작하는 중',
      '입력 파일: 번호=00001 이름=/data/1.dbf',
      ...[1, 2].flatMap((piece) => [
        `채널 k1: 31/05/17에서 조각 ${piece}을(를) 시작하는 중`,
        `채널 k1: 31/05/17에서 조각 ${piece}을(를) 종료했습니다`,
        `조각 핸들=/b/${piece} 태그=T 주석=NONE`,
      ]),
      '채널 k1: 백업 집합을 완료했습니다, 경과 시간: 00:00:25',
      '31/05/17에서 backup을(를) 종료했습니다',
    );

    expect(map.backupSets[0]?.pieces).toMatchObject([
      { piece: 1, handle: '/b/1' },
      { piece: 2, handle: '/b/2' },
    ]);
  });

  it('is followed by an autobackup, whose name holds that of another command', () => {
    const { facts } = parse(
      ...kanalo(set(1)),
      'Control File and SPFILE Autobackup komencas je 17-MAY-31',
      'tenilo=/b/c-3141592653-20310517-00 komento=NONE',
      'Control File and SPFILE Autobackup finita je 17-MAY-31',
    );

    expect(facts.commands.at(-1)).toMatchObject({ command: 'Control File and SPFILE Autobackup' });
  });

  it('is beside copies of archived logs, which have no tag', () => {
    const { facts } = parse(
      'conectado ao banco de destino: L (DBID=3141592653)',
      'canal k1: SID=5 tipo=DISK',
      'Iniciando backup em 17-MAY-31',
      'canal k1: iniciando cópia de arquivo de dados',
      'thread=1 sequência=7 RECID=7 STAMP=1391648403',
      'nome=/b/1_7.arc RECID=8 STAMP=1391648404',
      'canal k1: cópia concluída, tempo: 00:00:01',
      'backup finalizado em 17-MAY-31',
    );

    expect(facts.archivedLogCopies).toMatchObject([
      { channel: 'k1', output: '/b/1_7.arc', thread: 1, sequence: 7 },
    ]);
    expect(facts.doubts).toEqual([]);
  });
});

describe('the end of RMAN', () => {
  const backup = [
    'connected to target database: LAGER (DBID=3141592653)',
    'Starting backup at 17-MAY-31',
    'Finished backup at 17-MAY-31',
  ];

  it('is missing from a log that was cut off', () => {
    expect(parse(...backup).facts.runs).toMatchObject([{ isOpenEnded: true }]);
  });

  it.each([
    ['Recovery Manager complete.'],
    ['恢复管理器完成。'],
    ['Recovery Managerが完了しました。'],
    ['Recovery Manager abgeschlossen.'],
    ['Recovery Manager terminado.'],
    ['Gestionnaire de récupération terminé.'],
  ])('is told by %s', (line) => {
    const [run] = parse(...backup, '', line).facts.runs;

    expect(run).not.toHaveProperty('isOpenEnded');
  });
});
