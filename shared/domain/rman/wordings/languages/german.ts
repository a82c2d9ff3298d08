import type { Language } from './language.ts';

export const german: Language = {
  name: 'German',
  encodings: ['windows-1252', 'cp850'],
  channelStart: ['Kanal {channel}: '],
  wordings: {
    runCompleted: ['Recovery Manager abgeschlossen.'],
    targetConnected: ['mit Zieldatenbank verbunden: {name} (DBID={dbid}{…}'],
    channelAllocated: ['Zugewiesener Kanal: {channel}'],
    channelSession: [
      '{ch}SID={sid}, Gerätetyp={device}',
      '{ch}SID={sid} Gerätetyp={device}',
      '{ch}SID={sid}, Instanz={instance}, Gerätetyp={device}',
    ],
    channelReleased: ['Freigegebener Kanal: {channel}'],
    commandStarted: ['{command} wird gestartet bei {date}'],
    commandFinished: ['{command} wurde beendet bei {date}'],

    pieceStarted: ['{ch}Piece {piece} wird auf {date} begonnen'],
    pieceFinished: ['{ch}Piece {piece} auf {date} beendet'],
    fullSet: ['{ch}Vollständiges Backup Set für Datendatei wird begonnen'],
    inputsFollow: ['{ch}Datendateien in Backup Set werden angegeben'],
    inputDatafile: [
      'Dateinummer der Eingabedatei={file}, Name={name}',
      'Dateinummer der Eingabedate={file}, Name={name}',
    ],
    pieceHandle: [
      'Piece Handle={handle}, Tag={tag}, Kommentar={comment}',
      'Piece Handle={handle}, Kommentar={comment}',
      'Piece Handle={handle}, Tag={tag}',
    ],
    setCompleted: ['{ch}Backupset abgeschlossen, abgelaufene Zeit: {elapsed}'],
    remark: [
      'Kontrolldatei der Zieldatenbank wird anstelle des Recovery-Katalogs verwendet',
      'mit Zieldatenbank verbunden{…}',
      'Anweisung verarbeitet',
    ],
  },
  words: {
    setAnnounced: ['Backup Set', 'Backupset'],
    incremental: ['inkrementell', 'Inkrementell', 'Ebene'],
    archivedLog: ['archiviert', 'Archiviert', 'Archive', 'Archivelog'],
    compressed: ['komprimiert', 'Komprimiert'],
    copyAnnounced: ['Datendateikopie', 'Datendatei-Kopie', 'Kopie der Datendatei'],
    controlFile: ['Kontrolldatei', 'Steuerdatei', 'Control File'],
    standby: ['Standby'],
    deleted: ['gel…scht'],
  },
};
