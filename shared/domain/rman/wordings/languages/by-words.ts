import type { Language } from './language.ts';

// Languages of which no backup log was at hand: the words for things are Oracle's own, the wordings are not known. Lines are
// understood by these words, by the keys and codes that no language translates, and by the order in which RMAN prints them.

export const portuguese: Language = {
  name: 'Portuguese',
  encodings: ['windows-1252', 'cp850'],
  channelStart: ['canal {channel}: '],
  wordings: {},
  words: {
    setAnnounced: ['conjunto de backup', 'conjunto de backups'],
    incremental: ['incremental'],
    archivedLog: ['log arquivado', 'logs arquivados', 'archive log'],
    compressed: ['compactad', 'comprimid'],
    copyAnnounced: ['cópia de arquivo de dados', 'cópia do arquivo de dados'],
    controlFile: ['arquivo de controle'],
    standby: ['stand-by', 'standby'],
    deleted: ['deletad', 'deletando'],
  },
};

export const italian: Language = {
  name: 'Italian',
  encodings: ['windows-1252', 'cp850'],
  channelStart: ['canale {channel}: '],
  wordings: {},
  words: {
    setAnnounced: ['set di backup'],
    incremental: ['incrementale'],
    archivedLog: ['log di archivio', 'log archiviat', 'archive log'],
    compressed: ['compress'],
    copyAnnounced: ['copia di file di dati', 'copia del file di dati'],
    controlFile: ['control file', 'file di controllo'],
    standby: ['in standby', 'standby'],
    deleted: ['eliminat', 'eliminazione', 'cancellat', 'cancellazione'],
  },
};

export const korean: Language = {
  name: 'Korean',
  encodings: ['euc-kr'],
  channelStart: ['채널 {channel}: '],
  wordings: { runStarted: ['복구 관리자: Release {version} {…}'] },
  words: {
    setAnnounced: ['백업 집합', '백업 세트'],
    incremental: ['증분'],
    archivedLog: ['아카이브'],
    compressed: ['압축'],
    copyAnnounced: ['데이터 파일 복사', '데이터파일 복사'],
    controlFile: ['제어 파일', '제어파일'],
    standby: ['대기'],
    deleted: ['삭제'],
  },
};

export const traditionalChinese: Language = {
  name: 'Chinese (traditional)',
  encodings: ['big5'],
  channelStart: ['通道 {channel}: ', '通道{channel}: '],
  wordings: {},
  words: {
    setAnnounced: ['備份集', '備份組'],
    incremental: ['增量', '遞增'],
    archivedLog: ['歸檔', '封存', '存檔'],
    compressed: ['壓縮'],
    copyAnnounced: ['資料檔副本', '資料檔案副本', '資料檔複本'],
    controlFile: ['控制檔'],
    standby: ['備用', '待命'],
    deleted: ['刪除'],
  },
};
