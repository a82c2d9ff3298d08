import type { Language } from './language.ts';

/** The wordings of 11g and 12.1, then those of 19c. */
export const japanese: Language = {
  name: 'Japanese',
  encodings: ['shift_jis', 'euc-jp'],
  channelStart: ['チャネル{channel}: '],
  wordings: {
    runCompleted: ['Recovery Managerが完了しました。'],
    targetConnected: ['ターゲット・データベース: {name} (DBID={dbid}{…}'],
    channelAllocated: ['チャネル: {channel}が割り当てられました', 'チャネル{channel}が割り当てられました'],
    channelSession: [
      '{ch}SID={sid} デバイス・タイプ={device}',
      '{ch}SID={sid} インスタンス={instance} デバイス・タイプ={device}',
    ],
    channelReleased: ['チャネル: {channel}が解放されました', 'チャネル{channel}が解放されました'],
    commandStarted: ['{command}が開始されました(開始時間: {date})', '{command}を{date}で開始しています'],
    commandFinished: ['{command}が完了しました(完了時間: {date})', '{command}を{date}で終了しました'],

    pieceStarted: ['{ch}ピース{piece}({date})を起動します', '{ch}ピース{piece}を{date}で開始しています'],
    pieceFinished: ['{ch}ピース{piece}({date})が完了しました', '{ch}ピース{piece}を{date}で終了しました'],
    fullSet: ['{ch}フル・データファイル・バックアップ・セットを開始しています'],
    compressedFullSet: ['{ch}圧縮フル・データファイル・バックアップ・セットを開始しています'],
    incrementalSet: ['{ch}増分レベル{level}のデータファイル・バックアップ・セットを開始しています'],
    compressedIncrementalSet: [
      '{ch}圧縮増分レベル{level}のデータファイル・バックアップ・セットを開始しています',
    ],
    logSet: ['{ch}アーカイブ・ログ・バックアップ・セットを開始しています'],
    compressedLogSet: ['{ch}圧縮アーカイブ・ログ・バックアップ・セットを開始しています'],
    inputsFollow: [
      '{ch}バックアップ・セットにデータファイルを指定しています',
      '{ch}バックアップ・セットにアーカイブ・ログを指定しています',
    ],
    inputDatafile: [
      '入力データファイル・ファイル番号={file} 名前={name}',
      '入力データファイル ファイル番号={file} 名前={name}',
    ],
    inputLog: [
      '入力アーカイブ・ログ・スレッド={thread} 順序={sequence} RECID={recid} STAMP={stamp}',
      '入力アーカイブ・ログ スレッド={thread} 順序={sequence} RECID={recid} STAMP={stamp}',
    ],
    pieceHandle: [
      'ピース・ハンドル={handle} タグ={tag} コメント={comment}',
      'ピース・ハンドル={handle} コメント={comment}',
      'ピース・ハンドル={handle} タグ={tag}',
      'ピース handle={handle} comment={comment}',
    ],
    pieceTag: ['タグ={tag} コメント={comment}'],
    pieceComment: ['コメント={comment}'],
    setCompleted: ['{ch}バックアップ・セットが完了しました。経過時間: {elapsed}'],
    setCancelled: ['{ch}全ファイルがスキップされたため、バックアップは取り消されました'],
    datafileUnchanged: ['データファイル{file}は、変更がないためスキップします'],

    copyStarted: ['{ch}データファイルのコピーを開始しています', '{ch}データファイル・コピーを開始しています'],
    copyOutput: ['出力ファイル名={output} タグ={tag} RECID={recid} STAMP={stamp}'],
    copyCompleted: [
      '{ch}データファイルのコピーが完了しました。経過時間: {elapsed}',
      '{ch}データファイル・コピーが完了しました。経過時間: {elapsed}',
    ],
    deletingLogs: ['{ch}アーカイブ・ログを削除しています'],
    logFile: ['アーカイブ・ログ・ファイル名={name} RECID={recid} STAMP={stamp}'],
    logFileByNumber: ['アーカイブ・ログ・ファイル名={name} スレッド={thread} 順序={sequence}'],
    pieceDeleted: ['バックアップ・ピースを削除しました'],
    pieceObject: ['バックアップ・ピースのハンドル={handle} RECID={recid} STAMP={stamp}'],
    restoreCompleted: ['{ch}リストアが完了しました。経過時間: {elapsed}'],
    remark: [
      'リカバリ・カタログのかわりにターゲット・データベース制御ファイルを使用しています',
      '現行のログがアーカイブされました',
    ],
  },
  words: {
    setAnnounced: ['バックアップ・セットを開始'],
    incremental: ['増分'],
    archivedLog: ['アーカイブ'],
    compressed: ['圧縮'],
    copyAnnounced: ['コピーを開始'],
    controlFile: ['制御ファイル'],
    standby: ['スタンバイ'],
    deleted: ['削除'],
  },
};
