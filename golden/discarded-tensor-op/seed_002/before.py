"""Relation classification with a small text CNN, after a question on slow learning: all its faults at once."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')

VOCAB, SEQ_LEN, N_CLASSES = 60, 12, 4
SHARES = torch.tensor([0.05, 0.03, 0.30, 0.62])
batch_size = 50
n_epochs = 8


class RelationCNN(nn.Module):
    def __init__(self, dim=16, pos_dim=4, n_filters=24):
        super().__init__()
        self.words = nn.Embedding(VOCAB, dim)
        self.positions = nn.Embedding(SEQ_LEN, pos_dim)
        self.conv = nn.Conv1d(dim + pos_dim, n_filters, kernel_size=3, padding=1)
        self.dropout = nn.Dropout(0.5)
        self.out = nn.Linear(n_filters, N_CLASSES)

    def forward(self, tokens):
        where = torch.arange(tokens.size(1), device=tokens.device).expand_as(tokens)
        h = torch.cat([self.words(tokens), self.positions(where)], dim=2).transpose(1, 2)
        h = F.relu(self.conv(h)).max(dim=2).values
        return self.out(self.dropout(h))


def sentences(n):
    labels = torch.multinomial(SHARES, n, replacement=True)
    tokens = torch.randint(N_CLASSES * 2, VOCAB, (n, SEQ_LEN))
    # two trigger words per class somewhere in the sentence
    spot = torch.randint(0, SEQ_LEN - 1, (n,))
    tokens[torch.arange(n), spot] = 2 * labels
    tokens[torch.arange(n), spot + 1] = 2 * labels + 1
    return TensorDataset(tokens, labels)


def macro_f1(pred, true):
    scores = []
    for c in range(N_CLASSES):
        tp = ((pred == c) & (true == c)).sum().item()
        wrong = ((pred == c) != (true == c)).sum().item()
        scores.append(2 * tp / (2 * tp + wrong) if tp + wrong else 0.0)
    return sum(scores) / N_CLASSES


train_loader = DataLoader(sentences(800), batch_size=batch_size, shuffle=True)
dev_loader = DataLoader(sentences(200), batch_size=batch_size)
model = RelationCNN().to(device)
loss_criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

# epochs
for epoch in range(1, n_epochs + 1):
    train_loss = 0
    model.train()

    train_predictions = []
    train_true_labels = []

    # training batches
    for i, (inputs, labels) in enumerate(train_loader):
        inputs, labels = inputs.to(device), labels.to(device)

        preds = model(inputs)
        preds.to(device)

        # loss of the batch, summed up for the report
        loss = loss_criterion(preds, labels)
        train_loss += loss.detach()

        _, pred_labels = torch.max(preds.detach(), 1)
        train_predictions.extend(pred_labels.tolist())
        train_true_labels.extend(labels.tolist())

    optimizer.zero_grad()  # clear the gradients
    loss.backward()        # compute the gradients
    optimizer.step()       # update the parameters

    # development set
    predictions = []
    true_labels = []
    dev_loss = 0

    model.eval()
    for i, (inputs, labels) in enumerate(dev_loader):
        inputs, labels = inputs.to(device), labels.to(device)

        preds = model(inputs)
        preds.to(device)

        loss = loss_criterion(preds, labels)
        dev_loss += loss.detach()

        predictions.extend(preds.argmax(1).tolist())
        true_labels.extend(labels.tolist())

    print('epoch %2d  train loss %.3f  dev loss %.3f  dev macro F1 %.3f' % (
        epoch, train_loss / len(train_loader), dev_loss / len(dev_loader),
        macro_f1(torch.tensor(predictions), torch.tensor(true_labels))))
