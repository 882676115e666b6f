"""Sequence-to-sequence regression, trained in slices because the whole set does not fit into memory."""
import torch
import torch.nn as nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

input_size, output_size, hidden_size = 2, 1, 16
sequence_length, target_length = 20, 5


class Seq2Seq(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.LSTM(input_size, hidden_size, batch_first=True)
        self.drop = nn.Dropout(0.2)
        self.decoder = nn.LSTM(hidden_size, hidden_size, batch_first=True)
        self.fc = nn.Linear(hidden_size, output_size)

    def forward(self, sequence):
        _, state = self.encoder(sequence)
        context = self.drop(state[0][-1]).unsqueeze(1).repeat(1, target_length, 1)
        decoded, _ = self.decoder(context, state)
        return self.fc(decoded)


def waves(n):
    t = 6.28 * torch.rand(n, 1) + 0.3 * torch.arange(sequence_length + target_length)
    wave = torch.sin(t)
    drift = torch.linspace(0, 1, sequence_length + target_length).expand(n, -1)
    x = torch.stack([wave, drift], dim=-1)[:, :sequence_length]
    return x, wave[:, sequence_length:].unsqueeze(-1)


def evaluate(model, x, y):
    with torch.no_grad():
        predicted = model(x.to(device))
        return criterion(predicted, y.to(device)).item(), predicted


torch.manual_seed(0)
X_train, y_train = waves(256)
X_test_hard, y_test_hard = waves(64)

batch_size = 64
num_epochs = 12
learning_rate = 10e-03

model = Seq2Seq().to(device)
optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
criterion = nn.MSELoss(reduction='mean')
training_loss_log = []

k = len(list(range(0, X_train.size(0), batch_size)))
for epoch in range(num_epochs):
    optimizer.zero_grad()
    epoch_loss = 0
    for i in list(range(0, X_train.size(0), batch_size)):
        sequence = X_train[i:i + batch_size].reshape(-1, sequence_length, input_size).to(device)
        labels = y_train[i:i + batch_size].reshape(-1, target_length, output_size).to(device)
        # forward pass
        outputs = model(sequence)
        loss = criterion(outputs, labels)
        epoch_loss += loss.item()
        # backward pass
        loss.backward()

    optimizer.step()
    epoch_loss = epoch_loss / k
    model.eval
    validation_loss, _ = evaluate(model, X_test_hard, y_test_hard)
    model.train()
    training_loss_log.append(epoch_loss)
    print('Epoch [{}/{}], Train MSE: {:.4f}, Validation: {:.4f}'.format(epoch + 1, num_epochs, epoch_loss, validation_loss))
